"""What a tool is: definition, schema, how calls are checked and shown to models. Calling is for the two halves."""
