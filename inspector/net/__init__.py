"""What the parts that speak HTTP share: the loopback, lists of headers, sockets, services in threads, notices."""
