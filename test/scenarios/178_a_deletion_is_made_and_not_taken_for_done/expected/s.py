# settings
port = 80
