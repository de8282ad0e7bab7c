# settings
host = "localhost"
