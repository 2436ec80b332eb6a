# gcov's files, one a source: how many of its lines can run, did run, and which did not.
function close_range() {
  if (from) missed = missed " " (from == to ? from : from "-" to)
  from = 0
}
function print_file() {
  if (!name) return
  close_range()
  printf "%-18s %6d %6d %6.1f%% %s\n", name, lines, ran, lines ? 100 * ran / lines : 100, missed
  all_lines += lines
  all_ran += ran
  lines = ran = 0
  missed = ""
}
BEGIN {
  FS = ":"
  printf "%-18s %6s %6s %7s %s\n", "file", "lines", "ran", "", "not run"
}
FNR == 1 {
  print_file()
  name = FILENAME
  sub(/.*\//, "", name)
  sub(/\.gcov$/, "", name)
}
$1 ~ /[0-9]\*?$/ {
  lines++
  ran++
  close_range()
}
$1 ~ /[#=]$/ {
  lines++
  to = $2 + 0
  if (!from) from = to
}
END {
  print_file()
  printf "%-18s %6d %6d %6.1f%%\n", "all", all_lines, all_ran, 100 * all_ran / all_lines
}
