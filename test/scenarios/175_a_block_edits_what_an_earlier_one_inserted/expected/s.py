# settings
first_setting = "one and a half"
host = "localhost"
port = 80
