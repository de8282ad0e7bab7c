first = "the line as it stands"
second = "another line as it stands"
