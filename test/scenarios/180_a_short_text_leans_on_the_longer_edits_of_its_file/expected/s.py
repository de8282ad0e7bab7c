# settings
first_setting = "one"
host = "localhost"
port = 81
