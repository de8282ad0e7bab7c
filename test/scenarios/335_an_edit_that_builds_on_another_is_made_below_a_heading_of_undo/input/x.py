# bar
buttons = [save]
