the_new_line_of_text = 2
