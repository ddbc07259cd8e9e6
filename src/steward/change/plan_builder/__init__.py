"""Create plans of a live cluster from requests: observe, plan, judge; nothing is changed."""
