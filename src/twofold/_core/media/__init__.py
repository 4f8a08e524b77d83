"""Images, sounds and text as agents pass them on, without importing what they need until then."""
