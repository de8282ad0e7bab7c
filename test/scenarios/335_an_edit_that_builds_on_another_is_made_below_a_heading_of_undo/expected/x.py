# bar
buttons = [save, print, undo]
