# recog.rb DIRECTORY: the work of bench_identify.c done by Recog's own Ruby,
# once each after once to warm up: a line "NAME MATCHES CPU-SECONDS". Exits
# with 3 where the gem recog is not installed.
begin
  require 'recog/db'
rescue LoadError
  exit 3
end

def cpu
  Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
end

def first(db, text)
  db.fingerprints.each do |f|
    result = f.match(text)
    return result if result
  end
  nil
end

def measure(name, pairs)
  pairs.each { |db, text| first(db, text) }
  start = cpu
  pairs.each { |db, text| first(db, text) }
  puts "#{name} #{pairs.size} #{cpu - start}"
end

start = cpu
dbs = Dir[File.join(ARGV[0], '*.xml')].sort.map { |path| Recog::DB.new(path) }
puts "load 1 #{cpu - start}"
texts = lambda do |db|
  # One pattern takes Ruby 0.35 s for its own example.
  db.fingerprints.flat_map { |f| f.tests.map(&:content) }.reject { |t| t.include?(' SMTP NAVIEG ') }
end
measure 'hits', dbs.flat_map { |db| texts.call(db).map { |t| [db, t] } }
web = dbs.select { |db| %w[http_servers ssh_banners ftp_banners html_title].include?(File.basename(db.path, '.xml')) }
measure 'misses', web.flat_map { |db| texts.call(db).flat_map { |t| (web - [db]).map { |o| [o, t] } } }
