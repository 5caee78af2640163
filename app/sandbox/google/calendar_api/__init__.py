"""Calendar v3 on the wire: https://developers.google.com/workspace/calendar/api/v3/reference"""
