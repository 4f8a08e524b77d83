"""What the web UI looks like: its style sheet. Colours come from gradio's theme, in light and in dark."""

from typing import Final

__all__ = ["CSS", "FONTS", "MONOSPACE_FONTS"]

FONTS: Final = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONOSPACE_FONTS: Final = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

# what "Share" does is to upload the conversation to a site of gradio's makers
CSS: Final = """
#tf-chat button[aria-label="Share"] { display: none; }
.tf-user, .tf-error, .tf-note, .tf-reasoning, .tf-approval { white-space: pre-wrap; overflow-wrap: anywhere; }
.tf-label { font-size: 0.75em; text-transform: uppercase; letter-spacing: 0.05em; opacity: 0.65; margin-top: 0.6em; }
.tf-note, .tf-reasoning { opacity: 0.7; font-style: italic; }
.tf-note { margin-bottom: 0.6em; font-size: 0.9em; }
.tf-approval { border-left: 3px solid var(--color-accent); padding-left: 0.7em; margin-top: 0.6em; }
.tf-error {
  color: var(--error-text-color, #b91c1c); border-left: 3px solid currentColor; padding-left: 0.7em;
  font-family: var(--font-mono); font-size: var(--text-sm);
}
.tf-text table, .tf-answer table { border-collapse: collapse; }
.tf-text td, .tf-text th, .tf-answer td, .tf-answer th {
  border: 1px solid var(--border-color-primary); padding: 0.2em 0.6em;
}
"""
