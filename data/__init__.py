"""The demo world and the files people edit: rules, vocabulary, scripted calls."""
