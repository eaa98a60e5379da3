// What every script shares: its input, its output, and how a promise is kept from waiting for ever.
export const input = JSON.parse(process.argv[2]);

export function say(line) {
    process.stdout.write(JSON.stringify(line) + '\n');
}

export function within(millis, what, promise) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what}: nothing within ${millis} ms`)), millis);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Runs the fact that the input names.
export async function main(facts) {
    try {
        await facts[input.fact](input);
        say({ done: true });
        // Only when the reader has all of it: what is in the pipe when a process ends may be lost.
        if (process.stdin.readableEnded) {
            process.exit(0);
        }
        process.stdin.on('end', () => process.exit(0)).resume();
    } catch (failure) {
        console.error(failure);
        process.exit(1);
    }
}
