# settings
first_setting = "one"
host = "example.org"
port = 80
