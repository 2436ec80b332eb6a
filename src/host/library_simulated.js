// For simulated.c: there are no XMLHttpRequests to be found.
addToLibrary({
  $Fetch: '{ xhrs: new Map() }',
});
