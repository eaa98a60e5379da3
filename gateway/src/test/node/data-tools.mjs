// The tools of docs/guides/bi.md that are packages of npm: each reads all rows of a product and says what it finds.
import { createRequire } from 'node:module';
import { writeFile } from 'node:fs/promises';
import { tableFromIPC } from 'apache-arrow';
import { parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { input, main, say } from './run.mjs';

const require = createRequire(import.meta.url);

async function get(query, headers = {}) {
    const response = await fetch(`${input.url}?${query}`, {
        headers: { authorization: `Bearer ${input.token}`, ...headers },
    });
    if (!response.ok) {
        throw new Error(`${query}: ${response.status} ${await response.text()}`);
    }
    return response;
}

async function bytes(query) {
    return (await get(query)).arrayBuffer();
}

function sum(values) {
    return values.reduce((all, value) => all + Number(value ?? 0), 0);
}

// What Arrow keeps as the digits of a decimal of scale 2.
function unscaled(decimal) {
    let value = 0n;
    for (let i = decimal.length - 1; i >= 0; i--) {
        value = (value << 32n) | BigInt(decimal[i]);
    }
    return value;
}

function ofTable(table) {
    const totals = [...table.getChild('total')].filter((total) => total !== null);
    say({
        rows: table.numRows,
        absent: table.numRows - totals.length,
        totals: Number(totals.reduce((all, total) => all + unscaled(total), 0n)) / 100,
        quantities: sum([...table.getChild('quantity')]),
        weights: sum([...table.getChild('weight')]),
        stamp: String([...table.getChild('stamp')].at(-1)),
        city: table.getChild('customer').get(0).city,
    });
}

await main({
    async arrow() {
        const response = await get('orderBy=order_id', { accept: 'application/vnd.apache.arrow.stream' });
        ofTable(await tableFromIPC(response));
    },

    async hyparquet() {
        const file = await bytes('format=parquet&orderBy=order_id');
        const rows = await parquetReadObjects({ file, compressors });
        say({
            rows: rows.length,
            absent: rows.filter((row) => row.total === null || row.total === undefined).length,
            totals: sum(rows.map((row) => row.total)),
            quantities: sum(rows.map((row) => row.quantity)),
            weights: sum(rows.map((row) => row.weight)),
            stamp: String(rows.at(-1).stamp),
            city: rows[0].customer.city,
            placed: rows[1].placed_at.toISOString(),
            columns: parquetSchema((await import('hyparquet')).parquetMetadata(file)).children.length,
        });
    },

    async parquetWasm() {
        const { readParquet } = require('parquet-wasm/node');
        const file = new Uint8Array(await bytes('format=parquet&orderBy=order_id'));
        ofTable(tableFromIPC(readParquet(file).intoIPCStream()));
    },

    async polars() {
        const pl = (await import('nodejs-polars')).default;
        const parquet = pl.readParquet(Buffer.from(await bytes('format=parquet&orderBy=order_id')));
        const arrow = pl.readIPCStream(Buffer.from(await bytes('format=arrow&fields=order_id,quantity,weight')));
        const csv = pl.readCSV(await (await get('format=csv&fields=order_id,total,quantity,weight')).text());
        for (const frame of [parquet, csv]) {
            say({
                rows: frame.height,
                absent: frame.getColumn('total').nullCount(),
                totals: Number(frame.select(pl.col('total').cast(pl.Float64).sum()).row(0)[0]),
                quantities: Number(frame.getColumn('quantity').sum()),
                weights: Number(frame.getColumn('weight').sum()),
            });
        }
        say({
            rows: arrow.height,
            quantities: Number(arrow.getColumn('quantity').sum()),
            weights: Number(arrow.getColumn('weight').sum()),
        });
    },

    async duckdb() {
        const { DuckDBInstance } = await import('@duckdb/node-api');
        await writeFile(input.file + '.parquet', new Uint8Array(await bytes('format=parquet')));
        await writeFile(input.file + '.csv', new Uint8Array(await bytes('format=csv')));
        const connection = await (await DuckDBInstance.create(':memory:')).connect();
        for (const from of [`'${input.file}.parquet'`, `read_csv('${input.file}.csv', allow_quoted_nulls = false)`]) {
            const found = (await connection.runAndReadAll(`select count(*), count(*) - count(total),
                sum(total)::varchar, sum(quantity), sum(weight), max(stamp)::varchar,
                count(*) filter (note = '') from ${from}`)).getRows()[0];
            say({
                rows: Number(found[0]), absent: Number(found[1]), totals: Number(found[2]),
                quantities: Number(found[3]), weights: found[4], stamp: found[5], empty: Number(found[6]),
            });
        }
    },

    // The request of Grafana's Infinity data source (type JSON, parser Backend), and its selectors: root, then a column each.
    async infinity() {
        const response = await get('bucket=1h&groupBy=status&measures=count,sum(total)&orderBy=bucket,status',
            { 'user-agent': 'Grafana', accept: 'application/json' });
        const rows = (await response.json()).data;
        say({
            type: response.headers.get('content-type'),
            times: rows.every((row) => !Number.isNaN(Date.parse(row.bucket))),
            rows: rows.length,
            count: sum(rows.map((row) => row.count)),
            totals: sum(rows.map((row) => row['sum(total)'])),
            statuses: [...new Set(rows.map((row) => row.status))].sort(),
        });
    },

    // The request of Power BI's Web.Contents with RelativePath, Query and Headers; Csv.Document and PromoteHeaders after it.
    async powerBi() {
        const response = await get('format=csv&fields=order_id%2Cstatus%2Cweight%2Cplaced_at',
            { 'user-agent': 'Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)', accept: '*/*' });
        const lines = (await response.text()).split('\r\n');
        const rows = lines.slice(1, -1).map((line) => line.split(','));
        say({
            type: response.headers.get('content-type'),
            header: lines[0],
            rows: rows.length,
            weights: sum(rows.map((row) => row[lines[0].split(',').indexOf('weight')])),
            times: rows.every((row) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
                .test(row[lines[0].split(',').indexOf('placed_at')])),
        });
    },
});
