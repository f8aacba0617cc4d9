"""The languages of the app: text on screen is English in the code; a catalogue per language translates it."""
