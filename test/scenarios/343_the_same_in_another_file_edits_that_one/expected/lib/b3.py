first = "the line as it should be"
