"""What stands between visitors and the app: resource budgets, admission, security headers, and graceful shutdown."""
