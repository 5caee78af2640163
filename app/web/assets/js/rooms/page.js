// What this view shows.
