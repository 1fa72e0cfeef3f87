"""A recording reverse proxy for HTTP/1.1: asyncio protocols on both sides, and the bytes pass as they came."""
