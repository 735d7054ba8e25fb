package bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/** What the views must hold, in cents, compared with what interactive queries return. What is not there counts as 0. */
record Oracle(Map<String, Long> products, Map<String, Long> categories, Map<String, Long> windows) {

    static Oracle read(Path file) throws IOException {
        JsonNode root = Events.JSON.readTree(file.toFile());
        return new Oracle(cents(root.get("products")), cents(root.get("categories")), cents(root.get("windows")));
    }

    private static Map<String, Long> cents(JsonNode node) {
        Map<String, Long> map = new HashMap<>();
        node.properties().forEach(entry -> { if (entry.getValue().asLong() != 0) map.put(entry.getKey(), entry.getValue().asLong()); });
        return map;
    }

    /** Null when all three stores hold what they must. The small ones are read first: asking often stays cheap. */
    String firstDifference(KafkaStreams streams) {
        try {
            String difference = compare(store(streams, Views.CATEGORY_REVENUE), categories);
            if (difference == null) difference = compare(store(streams, Views.PRODUCT_SALES), products);
            return difference == null ? compareWindows(streams) : difference;
        } catch (InvalidStateStoreException notYet) {
            return notYet.toString();
        }
    }

    private String compareWindows(KafkaStreams streams) {
        var store = streams.store(StoreQueryParameters.fromNameAndType(Views.HOURLY_SALES, QueryableStoreTypes.<String, Long>windowStore()));
        int seen = 0;
        try (var all = store.all()) {
            while (all.hasNext()) {
                var entry = all.next();
                if (entry.value == 0) continue;
                if (!entry.value.equals(windows.get(entry.key.key() + "@" + entry.key.window().start()))) return "window " + entry;
                seen++;
            }
        }
        return seen == windows.size() ? null : seen + " windows, not " + windows.size();
    }

    private static ReadOnlyKeyValueStore<String, Long> store(KafkaStreams streams, String name) {
        return streams.store(StoreQueryParameters.fromNameAndType(name, QueryableStoreTypes.<String, Long>keyValueStore()));
    }

    private static String compare(ReadOnlyKeyValueStore<String, Long> store, Map<String, Long> want) {
        int seen = 0;
        try (var all = store.all()) {
            while (all.hasNext()) {
                var entry = all.next();
                if (entry.value == 0) continue;
                if (!entry.value.equals(want.get(entry.key))) return entry + ", not " + want.get(entry.key);
                seen++;
            }
        }
        return seen == want.size() ? null : seen + " keys, not " + want.size();
    }
}
