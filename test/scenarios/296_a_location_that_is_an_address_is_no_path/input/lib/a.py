the_old_line_of_text = 1
