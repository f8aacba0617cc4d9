"""The languages of the app: what is on screen is English in the code, and a catalogue translates it into each other."""
