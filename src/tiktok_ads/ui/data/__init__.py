"""What a dataset has loaded, as the app shows it: its tables in words, rows, statistics and charts."""
