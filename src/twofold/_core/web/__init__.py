"""What tools need to know of the web and does not wait: addresses, bodies of replies, pages, search engines."""
