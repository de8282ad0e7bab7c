first = "the line as it should be"
second = "another line as it stands"
