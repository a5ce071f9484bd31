"""The tests; a package, so that they find each other however pytest is started."""
