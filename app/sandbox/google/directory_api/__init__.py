"""The Directory's calendar resources on the wire: https://developers.google.com/workspace/admin/directory/reference/rest/v1/resources.calendars"""
