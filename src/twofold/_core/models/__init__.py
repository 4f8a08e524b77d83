"""What models of all providers share: formats of requests and replies, what they can do, what their errors mean."""
