# settings
other_setting = "two"
first_setting = "one"
host = "localhost"
port = 80
