"""What happens because time passes: clusters collected on schedules, and what they tell served over HTTP."""
