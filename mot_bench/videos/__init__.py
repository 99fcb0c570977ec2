"""Videos and folders of pictures as input, and annotated videos as output."""
