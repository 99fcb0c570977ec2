"""Why a run lost: its errors as events with causes, what each repair would gain, what a difference is made of."""
