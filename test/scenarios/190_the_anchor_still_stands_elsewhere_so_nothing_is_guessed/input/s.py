host = "localhost"
prefix = "/api/v2"
host = "localhost"
