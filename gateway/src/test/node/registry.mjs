// A stock serializer: registers, encodes and decodes against the registry that it is told.
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { input, main, say } from './run.mjs';

const registry = new SchemaRegistry({ host: input.url }, { retry: { retries: 0 } });

await main({
    async encode() {
        const { id } = await registry.register({ type: SchemaType[input.type ?? 'AVRO'], schema: input.schema },
            { subject: input.subject });
        const again = await registry.getRegistryId(input.subject, 'latest');
        const found = await registry.getRegistryIdBySchema(input.subject,
            { type: SchemaType[input.type ?? 'AVRO'], schema: input.schema });
        say({ id, again, found });
        for (const value of input.values) {
            const bytes = await registry.encode(id, value);
            say({ bytes: bytes.toString('base64'), back: await registry.decode(bytes) });
        }
    },
    async decode() {
        for (const each of input.payloads) {
            say({ value: await registry.decode(Buffer.from(each, 'base64')) });
        }
    },
    async refused() {
        try {
            await registry.register({ type: SchemaType.AVRO, schema: input.schema }, { subject: input.subject });
            say({ refused: false });
        } catch (failure) {
            say({ refused: true, status: failure.status, message: failure.message });
        }
    },
});
