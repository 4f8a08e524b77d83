"""What users need to test their agents without a real LLM, for this API."""
