# settings
host = "localhost"
port = 81
