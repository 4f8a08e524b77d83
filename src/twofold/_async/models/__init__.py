"""Models: what an agent asks. One module for each provider, the SDKs imported when they are first used."""
