"""What does not wait: data, errors, parsing, prompts, schemas, the interpreter. One copy for both colours."""
