package io.github.redisfanout.examples.spring;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** One node; start as many as you like on one Redis, each on another {@code server.port}. */
@SpringBootApplication
public class SpringChatApplication {
  public static void main(String[] args) {
    SpringApplication.run(SpringChatApplication.class, args);
  }
}
