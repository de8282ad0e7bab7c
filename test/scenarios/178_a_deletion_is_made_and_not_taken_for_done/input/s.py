# settings
host = "localhost"
port = 80
