first = "the line as it stands"
