"""Running trackers: ours in this process, those of users in processes of their own."""
