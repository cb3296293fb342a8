package dev.stepbox.agent.worker.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepbox.agent.protocol.Secret;
import java.net.URLEncoder;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretFormsTest {
  private static final String PEM =
      """
      -----BEGIN PRIVATE KEY-----
      MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
      MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu
      -
      -----END PRIVATE KEY-----
      """;

  private static final String JSON =
      """
      {
        "type": "service_account",
        "private_key_id": "0123456789abcdef",
        "a": 1
      }
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {"hunter22", "p@ss word/with\"quotes'and\\more$", "ünïcödé-sécret", "abcd"})
  void theUsualEncodingsAreMasked(String value) {
    Masking masking = Masking.of(List.of(new Secret("S", value)));
    byte[] bytes = value.getBytes(UTF_8);
    assertMasked(masking, value);
    assertMasked(masking, HexFormat.of().formatHex(bytes));
    assertMasked(masking, HexFormat.of().withUpperCase().formatHex(bytes));
    assertMasked(masking, Base64.getEncoder().encodeToString(bytes));
    assertMasked(masking, Base64.getUrlEncoder().encodeToString(bytes));
    assertMasked(masking, Base64.getEncoder().withoutPadding().encodeToString(bytes), 1);
    assertMasked(masking, URLEncoder.encode(value, UTF_8));
    assertMasked(masking, URLEncoder.encode(value, UTF_8).replace("+", "%20"));
    assertMasked(masking, value.replace("\\", "\\\\").replace("\"", "\\\""));
    assertMasked(masking, value.replace("'", "'\\''"));
  }

  private static void assertMasked(Masking masking, String form) {
    assertMasked(masking, form, 0);
  }

  private static void assertMasked(Masking masking, String form, int restMax) {
    String masked = masking.mask("before " + form + " after");
    assertThat(masked).startsWith("before ****").endsWith(" after");
    assertThat(masked.length() - "before **** after".length())
        .as("characters of '%s' that are still seen in '%s'", form, masked)
        .isLessThanOrEqualTo(restMax);
  }

  @Test
  void base64IsMaskedWhereverTheSecretStandsInTheEncodedText() {
    var random = new Random(1);
    for (int round = 0; round < 200; round++) {
      byte[] value = new byte[6 + random.nextInt(20)];
      for (int i = 0; i < value.length; i++) {
        value[i] = (byte) ('!' + random.nextInt(90));
      }
      String secret = new String(value, UTF_8);
      Masking masking = Masking.of(List.of(new Secret("S", secret)));
      for (int before = 0; before < 3; before++) {
        String text = "user:name".substring(0, before) + secret + "@host";
        String encoded = Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
        String masked = masking.mask(encoded);
        assertThat(masked).contains(Masking.MASK);
        int whole = value.length * 8 / 6 - 1;
        assertThat(masked.length()).isLessThanOrEqualTo(encoded.length() - whole + 4);
      }
    }
  }

  @Test
  void everyLineOfAKeyIsMaskedAndItsFrameAndDashesAreNot() {
    Masking masking = Masking.of(List.of(new Secret("KEY", PEM)));
    assertThat(masking.mask(PEM)).isEqualTo("****");
    assertThat(masking.mask(PEM.replace("\n", "\r\n"))).isEqualTo("****");
    assertThat(masking.mask("> MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu"))
        .isEqualTo("> ****");
    String innocent = "- a list\n- of things\n-----BEGIN PRIVATE KEY-----\n";
    assertThat(masking.mask(innocent)).isEqualTo(innocent);
    assertThat(masking.mask(PEM.replace("\n", "\\n"))).isEqualTo("****");
  }

  @Test
  void theBracesOfAJsonSecretAreNotMasked() {
    Masking masking = Masking.of(List.of(new Secret("ACCOUNT", JSON)));
    String innocent = "{\n  \"name\": \"x\"\n}\n\"a\": 1\n";
    assertThat(masking.mask(innocent)).isEqualTo(innocent);
    assertThat(masking.mask("\"private_key_id\": \"0123456789abcdef\",")).isEqualTo("****");
  }

  @Test
  void aValueIsMaskedWithoutItsFinalLineEndToo() {
    Masking masking = Masking.of(List.of(new Secret("S", "token-1234\n")));
    assertThat(masking.mask("value=token-1234!")).isEqualTo("value=****!");
  }

  @Test
  void wrappedBase64OfALongSecretIsMasked() {
    var random = new Random(7);
    byte[] value = new byte[300];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) ('!' + random.nextInt(90));
    }
    Masking masking = Masking.of(List.of(new Secret("S", new String(value, UTF_8))));
    String wrapped = Base64.getMimeEncoder(76, new byte[] {'\n'}).encodeToString(value);
    assertThat(masking.mask(wrapped).replace(Masking.MASK, "").strip()).isEmpty();
  }

  @Test
  void theLongestSecretTakesLittleMemory() {
    Masking masking = Masking.of(List.of(new Secret("S", "0123456789ABCDEF".repeat(4096))));
    assertThat(masking.mask("0123456789ABCDEF".repeat(4096))).isEqualTo("****");
  }
}
