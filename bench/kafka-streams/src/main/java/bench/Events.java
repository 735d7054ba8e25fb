package bench;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.module.blackbird.BlackbirdModule;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.TimestampExtractor;

/** The payloads of contracts/schemas, as far as the views need them. */
final class Events {
    static final ObjectMapper JSON = new ObjectMapper().registerModule(new BlackbirdModule());

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Item(String productId, int quantity, String price) {
        long cents() { return quantity * Events.cents(price); }
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Order(String status, List<Item> items, String placedAt) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Product(String category, String occurredAt) {}

    /** Decimal text with two digits after the point. */
    static long cents(String price) {
        int point = price.length() - 3;
        return Long.parseLong(price, 0, point, 10) * 100 + Long.parseLong(price, point + 1, price.length(), 10);
    }

    /** Only for reading: nothing writes an event back. */
    static <T> Serde<T> json(Class<T> type) {
        ObjectReader reader = JSON.readerFor(type);
        Deserializer<T> in = (topic, data) -> {
            try {
                return data == null ? null : reader.readValue(data);
            } catch (IOException e) {
                throw new SerializationException(e);
            }
        };
        return Serdes.serdeFrom((topic, value) -> { throw new UnsupportedOperationException(); }, in);
    }

    /** A sale counts in the hour in which its order was placed. Products come before what is ordered of them. */
    static final TimestampExtractor EVENT_TIME = (ConsumerRecord<Object, Object> record, long partitionTime) -> {
        if (record.value() instanceof Order order) return Instant.parse(order.placedAt()).toEpochMilli();
        if (record.value() instanceof Product product) return Instant.parse(product.occurredAt()).toEpochMilli();
        return record.timestamp();
    };

    private Events() {}
}
