pytest_plugins = ["tests.streams"]
