"""What stands between the server and its visitors: what each may use, who is let in, the headers, and how it stops."""
