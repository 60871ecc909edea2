// node duckdb-rollup.js CSV DATABASE THREADS: the roll-up of an import, made
// by DuckDB. Prints rows and packets.
const { createRequire } = require('module');
const { DuckDBInstance } = createRequire(process.cwd() + '/')('@duckdb/node-api');

async function main() {
	const [csv, database, threads] = process.argv.slice(2);
	const instance = await DuckDBInstance.create(database, { threads });
	const c = await instance.connect();
	await c.run(`CREATE TABLE traffic AS
		SELECT (to_timestamp(time) AT TIME ZONE 'UTC')::DATE AS day, sensor, source,
			CASE protocol WHEN 'TCP' THEN 6 ELSE 17 END AS protocol, port, '' AS signature,
			count(*) AS packets, min(time) AS first_seen, max(time) AS last_seen,
			arg_max(source_port, time) AS source_port
		FROM read_csv('${csv}', header = true, columns = {'time': 'BIGINT', 'sensor': 'VARCHAR',
			'source': 'VARCHAR', 'protocol': 'VARCHAR', 'port': 'INTEGER', 'source_port': 'INTEGER'})
		GROUP BY ALL`);
	await c.run('CHECKPOINT');
	const r = await c.runAndReadAll('SELECT count(*), sum(packets) FROM traffic');
	console.log(r.getRows()[0].join(' '));
}
main().catch((e) => { console.error(e); process.exit(1); });
