package bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/**
 * Runs the views until they equal the oracle, then prints one line of JSON.
 * Arguments: bootstrap servers, application id, state folder, oracle file, grace in hours.
 */
public final class App {
    private static final long DEADLINE_MS = 600_000;

    public static void main(String[] args) throws Exception {
        Properties config = config(args[0], args[1], args[2]);
        Oracle oracle = Oracle.read(Path.of(args[3]));
        KafkaStreams streams = new KafkaStreams(Views.build(config, Duration.ofHours(Long.parseLong(args[4]))), config);
        streams.setUncaughtExceptionHandler(e -> {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
        long deadline = System.currentTimeMillis() + DEADLINE_MS;
        String difference;
        while ((difference = oracle.firstDifference(streams)) != null) {
            if (System.currentTimeMillis() > deadline) {
                System.err.println("not equal to the oracle: " + difference);
                Runtime.getRuntime().halt(1);
            }
            Thread.sleep(20);
        }
        long equalAt = System.currentTimeMillis();
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        var out = Events.JSON.createObjectNode()
                .put("seconds", (equalAt - Views.firstAt.get()) / 1e3)
                .put("secondsFromStart", (equalAt - ManagementFactory.getRuntimeMXBean().getStartTime()) / 1e3)
                .put("cpuSeconds", system.getProcessCpuTime() / 1e9)
                .put("peakMemory", peakMemory());
        System.out.println(out);
        System.out.flush();
        streams.close(Duration.ofSeconds(30));
    }

    private static Properties config(String bootstrap, String app, String state) {
        Properties p = new Properties();
        p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        p.put(StreamsConfig.APPLICATION_ID_CONFIG, app);
        p.put(StreamsConfig.STATE_DIR_CONFIG, state);
        p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
        p.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        p.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
        p.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 5_000);
        p.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        p.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
        p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
        p.put(StreamsConfig.consumerPrefix(ConsumerConfig.RECEIVE_BUFFER_CONFIG), 1 << 20);
        p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 128 << 10);
        // After a commit the next transaction is told to wait until its markers are written; the default retry
        // after 100 ms would be as long as the commit interval.
        p.put(StreamsConfig.producerPrefix(ProducerConfig.RETRY_BACKOFF_MS_CONFIG), 10);
        return p;
    }

    /** Bytes; 0 where the system does not tell. */
    private static long peakMemory() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) return 0;
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
        return 0;
    }

    private App() {}
}
