"""A recording reverse proxy for HTTP/1.1: a machine without I/O, and a thin server. Bytes pass as they came."""
