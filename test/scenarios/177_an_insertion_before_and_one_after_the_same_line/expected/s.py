# settings
scheme = "https"
host = "localhost"
prefix = "/api/v2"
port = 80
