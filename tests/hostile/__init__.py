"""One node whose tools, files and banners are attacks, driven through every verb and every screen of the console."""
